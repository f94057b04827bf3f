/** What a route can need. `public` = anyone; a page or a health answer without data. */
export const permissions = [
  'public',
  'models:read',
  'shoppers:read',
  'metrics:read',
  'predictions:make',
  'predictions:read',
  'decisions:make',
  'events:write',
  'items:write',
  'experiments:read',
  'experiments:write',
  'insights:read',
  'insights:simulate',
  'reports:read',
  'segments:read',
  'segments:export',
  'subjects:read',
  'subjects:erase',
] as const;
export type Permission = (typeof permissions)[number];

/** From the least to the most. */
export const roles = ['viewer', 'analyst', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who may do what; what is not listed is denied. */
export const granted: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: [
    'models:read',
    'shoppers:read',
    'predictions:read',
    'metrics:read',
    'experiments:read',
    'insights:read',
    'reports:read',
    'segments:read',
  ],
  analyst: [
    'models:read',
    'shoppers:read',
    'predictions:read',
    'metrics:read',
    'predictions:make',
    'experiments:read',
    'insights:read',
    'reports:read',
    'insights:simulate',
    'segments:read',
  ],
  operator: [
    'models:read',
    'shoppers:read',
    'predictions:read',
    'metrics:read',
    'predictions:make',
    'decisions:make',
    'events:write',
    'items:write',
    'experiments:read',
    'experiments:write',
    'insights:read',
    'reports:read',
    'insights:simulate',
    'segments:read',
    'segments:export',
  ],
  admin: permissions,
};

/** Whether a text names a role. */
export const isRole = (value: unknown): value is Role =>
  typeof value === 'string' && (roles as readonly string[]).includes(value);

/** Whether a role may do what a route needs. */
export const mayDo = (role: Role, permission: Permission): boolean =>
  permission === 'public' || granted[role].includes(permission);
