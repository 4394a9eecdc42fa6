import { target } from './cache';
import type { Machine } from './machine';

/** A Python wheel that holds libtensorflow for one platform. */
export interface WheelSource {
  package: string;
  version: string;
  /** pip's options that name one wheel, whatever Python is installed. */
  python: string;
  platformTag: string;
  /** SHA-256 of the wheel, where it was verified by hand; elsewhere the wheel's own RECORD must do. */
  sha256?: string;
  downloadBytes: number;
  /** What stays on disk. */
  diskBytes: number;
}

const VERSION = '2.21.0';

const WHEELS: { [target: string]: WheelSource } = {
  'linux-x64': {
    package: 'tensorflow-cpu',
    version: VERSION,
    python: '3.11',
    platformTag: 'manylinux_2_27_x86_64',
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    downloadBytes: 273_829_956,
    diskBytes: 854_000_000,
  },
  // There is no tensorflow-cpu for ARM: the plain package has no GPU code there.
  'linux-arm64': {
    package: 'tensorflow',
    version: VERSION,
    python: '3.11',
    platformTag: 'manylinux_2_27_aarch64',
    downloadBytes: 300_000_000,
    diskBytes: 900_000_000,
  },
  'darwin-arm64': {
    package: 'tensorflow',
    version: VERSION,
    python: '3.11',
    platformTag: 'macosx_12_0_arm64',
    downloadBytes: 300_000_000,
    diskBytes: 900_000_000,
  },
};

/** The wheel for a platform; undefined where none holds a libtensorflow to link with (Windows, Macs with Intel). */
export function wheelFor(machine: Pick<Machine, 'platform' | 'arch'>): WheelSource | undefined {
  return WHEELS[target(machine)];
}
