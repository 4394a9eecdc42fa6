/** Environment variable by which a host tells its kernel the file descriptor of the channel between them, an inherited pipe. */
export const CHANNEL_VARIABLE = 'DINNB_KERNEL_CHANNEL';

/** And the one by which it tells what TensorFlow to load, as JSON: a kernel begins with that before it is asked for anything. */
export const RUNTIME_VARIABLE = 'DINNB_KERNEL_RUNTIME';
