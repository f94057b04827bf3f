import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Command } from 'commander';
import { isRole, roles } from '../http/auth/permissions.ts';
import { readTokenKeys } from '../http/auth/token-keys.ts';
import { mintToken } from '../http/auth/tokens.ts';
import { openDataDir } from './data-dir.ts';

async function token({ role, data }: { readonly role: string; readonly data: string }): Promise<void> {
  if (!isRole(role))
    throw new TillcastError('OPTION_INVALID', `--role is ${JSON.stringify(role)}; it must be one of ${roles.join(', ')}`);
  const keys = readTokenKeys(process.env, openDataDir(data).keys);
  if (keys.kind === 'jwks')
    throw new TillcastError(
      'OPTION_INVALID',
      'tokens are checked with TILLCAST_JWT_JWKS_FILE, so whoever holds the private key makes them',
    );
  process.stdout.write(`${await mintToken(keys.secret, role, Date.now())}\n`);
}

/** `tillcast token`: prints a token for a role, good for an hour, and nothing else. */
export const registerToken = (program: Command): void =>
  void program
    .command('token')
    .description('Print a token for a role, good for an hour.')
    .requiredOption('--role <role>', roles.join(', '))
    .option('--data <dir>', 'data directory', '.tillcast')
    .action(token);
