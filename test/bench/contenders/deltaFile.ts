/** The file whose pages change, in the folder that is sent. */
export const DATABASE = 'database.bin';
/** Of its pages. */
export const CHANGED_SHARE = 0.01;
