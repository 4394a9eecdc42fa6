import { checkFraction, checkNumber, checkSeed, checkSettings, checkWhole } from '../../checks';
import { MAXIMUM_CLUSTERS } from './clusters';

export interface SimulatedOptions {
  /** Viewers; half are there from the start, the others join later. Default 120. */
  users?: number;
  /** Films. Default 64. */
  items?: number;
  /** Kinds of film, 2 to 20; default 8. */
  clusters?: number;
  /** Impressions, training and test together; default 50,000. */
  rows?: number;
  /** Share of the latest rows that is kept for testing; default 0.2. */
  testFraction?: number;
  /** Default 5. */
  historyLength?: number;
  /** What a history item of the candidate's kind adds to the log-odds of a positive label; default 6. 0: histories do not matter. */
  matchStrength?: number;
  /** Default 42. */
  seed?: number;
}

export type SimulatedSettings = Required<SimulatedOptions>;

const DEFAULTS: SimulatedSettings = {
  users: 120,
  items: 64,
  clusters: 8,
  rows: 50_000,
  testFraction: 0.2,
  historyLength: 5,
  matchStrength: 6,
  seed: 42,
};

/** Defaults filled in. Throws a DataError that names the setting, its value and what it may be. */
export function simulatedSettings(options: SimulatedOptions): SimulatedSettings {
  const where = 'data.simulated';
  checkSettings(where, options, Object.keys(DEFAULTS));
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings = { ...DEFAULTS, ...given };
  checkWhole(where, 'users', settings.users, { from: 2, to: 1_000_000 });
  checkWhole(where, 'clusters', settings.clusters, { from: 2, to: MAXIMUM_CLUSTERS });
  checkWhole(where, 'items', settings.items, { from: settings.clusters, to: 1_000_000 });
  checkWhole(where, 'rows', settings.rows, { from: 10, to: 10_000_000 });
  checkWhole(where, 'historyLength', settings.historyLength, { from: 1, to: 100 });
  checkFraction(where, 'testFraction', settings.testFraction);
  checkNumber(where, 'matchStrength', settings.matchStrength, { from: 0, to: 20 });
  checkSeed(where, settings.seed);
  return settings;
}
