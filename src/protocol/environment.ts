/** Environment variable by which a host tells its kernel the file descriptor of the channel between them, an inherited pipe. */
export const CHANNEL_VARIABLE = 'DINNB_KERNEL_CHANNEL';
