import { mac } from './primitives';

/**
 * What both sides of a transfer can compute and nobody else: proof of what was sent, in the place
 * of a content hash that would let the task service test for known files. 32 bytes.
 * @param transferId its 16 bytes
 * @param treeHash 32 bytes, over the sorted list of what was sent
 */
export function receiptOf(receiptKey: Buffer, transferId: Buffer, treeHash: Buffer): Buffer {
  return mac(receiptKey, 'beeline/receipt/1', transferId, treeHash);
}
