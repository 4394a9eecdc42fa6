import { memoryLimit } from '../../base/memory';

/**
 * Must be called before TensorFlow loads. It then keeps the memory of tensors that are gone for those that come: by itself it gives
 * what is large (from 32 MB on) back to the system and asks for it again, page by page, in each step. A step of 1,024 impressions with
 * histories of 50 took six times as long. What TensorFlow once had it keeps until the process ends, and it may have all the memory that
 * this process may have: who asks for more gets an error, where the system would have ended the process.
 */
export function prepareMemory(environment: NodeJS.ProcessEnv = process.env): void {
  environment.TF_CPU_ALLOCATOR_USE_BFC ??= 'true';
  environment.TF_CPU_BFC_MEM_LIMIT_IN_MB ??= String(Math.floor(memoryLimit() / 2 ** 20));
}
