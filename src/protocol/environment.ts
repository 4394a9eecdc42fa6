/** Environment variable by which a host tells its kernel the socket or named pipe to connect to. */
export const SOCKET_VARIABLE = 'DINNB_KERNEL_SOCKET';
