/** A leaf of the category tree: what is sold there, at what prices, and how well. */
export interface Category {
  /** Dotted path from the broadest. */
  readonly path: string;
  /** Share of the shop's interest, relative to the other leaves. */
  readonly interest: number;
  /** Median price and spread (standard deviation of the log). */
  readonly medianPrice: number;
  readonly spread: number;
  /** Log-odds added to buying here. */
  readonly appetite: number;
  /** How many times likelier than average a purchase is sent back. */
  readonly returns: number;
}

/** Makers by department, best known first. Invented: the shop advertises for nobody. */
const brands: Readonly<Record<string, readonly string[]>> = {
  electronics: [
    'nordavia',
    'kestrel',
    'mirai',
    'halcyon',
    'voltan',
    'pixelle',
    'orbis',
    'tandem',
    'lumo',
    'quanta',
    'sable',
    'arco',
  ],
  computers: ['kestrel', 'novum', 'tessera', 'halcyon', 'bitforge', 'orbis', 'graphene', 'latchkey', 'rune'],
  home: [
    'brauhaus',
    'aquila',
    'domus',
    'fennel',
    'ember',
    'hearthly',
    'nimbus',
    'oakline',
    'pebble',
    'salto',
    'tidewell',
    'voltan',
  ],
  fashion: ['atelier-nord', 'corso', 'fjella', 'juniper', 'maren', 'pace', 'rivet', 'solana', 'strada', 'tilda', 'wren'],
  auto: ['roadmark', 'torque', 'cordia', 'halden', 'viaro', 'kolo'],
  kids: ['piccolo', 'tumble', 'brio-lane', 'otter', 'lullaby'],
  sport: ['summit', 'cadence', 'pace', 'ridgeway', 'aero'],
  tools: ['anvil', 'forge', 'makers', 'stanhope', 'drillo'],
};

/** The leaves. Interest and prices follow what REES46's window shows by department. */
export const categories: readonly Category[] = [
  leaf('electronics.smartphone', 26, 290, 0.8, 0.55),
  leaf('electronics.clocks', 4, 210, 0.8, 0.1),
  leaf('electronics.audio.headphone', 3.5, 90, 0.8, 0.4),
  leaf('electronics.video.tv', 3, 380, 0.7, 0.1),
  leaf('electronics.tablet', 1.5, 220, 0.6, 0.1),
  leaf('electronics.telephone', 1.5, 35, 0.5, 0.3),
  leaf('electronics.audio.subwoofer', 1, 75, 0.7, 0),
  leaf('computers.notebook', 5, 520, 0.6, -0.2),
  leaf('computers.desktop', 1.5, 430, 0.7, -0.3),
  leaf('computers.components.videocards', 1, 260, 0.7, -0.1),
  leaf('computers.peripherals.monitor', 1, 180, 0.6, 0),
  leaf('home.kitchen.refrigerators', 4, 380, 0.6, 0),
  leaf('home.kitchen.washer', 3, 310, 0.5, 0.1),
  leaf('home.kitchen.microwave', 2, 80, 0.5, 0.1),
  leaf('home.kitchen.blender', 2, 50, 0.7, 0.1),
  leaf('home.kitchen.kettle', 2, 32, 0.6, 0.2),
  leaf('home.kitchen.oven', 1.5, 240, 0.6, -0.1),
  leaf('home.environment.vacuum', 3, 130, 0.8, 0.2),
  leaf('home.environment.air_heater', 2.5, 50, 0.6, 0),
  leaf('home.environment.water_heater', 1.5, 120, 0.6, 0),
  leaf('home.iron', 1, 40, 0.6, 0.2),
  leaf('home.furniture.sofa', 3, 330, 0.7, -0.6),
  leaf('home.furniture.cabinet', 3, 240, 0.7, -0.6),
  leaf('home.furniture.bed', 2, 270, 0.7, -0.6),
  leaf('fashion.shoes', 5, 70, 0.5, -0.3, 2.5),
  leaf('fashion.sneakers', 4, 85, 0.4, -0.3, 2.5),
  leaf('fashion.jacket', 2, 95, 0.5, -0.3, 2.5),
  leaf('fashion.bag', 1.5, 60, 0.7, -0.2, 1.5),
  leaf('auto.accessories.player', 2.5, 110, 0.6, -0.3),
  leaf('auto.accessories.alarm', 1.5, 95, 0.5, -0.3),
  leaf('auto.tires', 2, 75, 0.5, 0),
  leaf('kids.carriage', 1.5, 180, 0.7, -0.3),
  leaf('kids.toys', 2, 28, 0.8, 0),
  leaf('sport.bicycle', 1.5, 340, 0.8, -0.5),
  leaf('sport.trainer', 1, 260, 0.8, -0.3),
  leaf('tools.drill', 1.5, 85, 0.7, 0),
  leaf('tools.saw', 1, 110, 0.7, 0),
];

/** The makers of each leaf: its department's, best known first. */
export const makersOf: readonly (readonly string[])[] = categories.map(({ path }) => brands[path.slice(0, path.indexOf('.'))]!);

function leaf(path: string, interest: number, medianPrice: number, spread: number, appetite: number, returns = 0.85): Category {
  return { path, interest, medianPrice, spread, appetite, returns };
}
