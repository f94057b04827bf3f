/** A worker's answer to a mutant that made it hold more memory than it may. */
export const MEMORY_EXCEEDED = 77;
