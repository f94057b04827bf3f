import type { Command } from 'commander';
import { registerDataset } from './dataset.ts';
import { registerTrees } from './trees.ts';

/** Every command, one line each: a file of this folder that registers itself. */
export const registrations: readonly ((program: Command) => void)[] = [registerDataset, registerTrees];
