/** When an output was made: times within it are of the day, others are results. Milliseconds since the epoch. */
export interface Moment {
  /** The notebook's first cell starts. */
  from: number;
  /** The output's own cell ends. */
  to: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A time may be written in any zone, and without it. */
const ZONES = 15 * HOUR;
/** Zones lie whole quarters of an hour apart. */
const QUARTER = 15 * MINUTE;
/** Several processors may spend more time than goes by. */
const PARALLEL = 8;
const SLACK = 5 * SECOND;

const WEEKDAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const CLOCK = String.raw`\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:[ \u202f][AP]M\b)?`;
const ZONE = String.raw`(?: ?(?:Z|(?:GMT|UTC)?[+-]\d\d:?\d\d|GMT|UTC)\b(?: \([^)]*\))?)?`;

/** What is counted to tell how fast a program was. */
const WORK =
  '(?:(?:step|row|line|sample|example|item|iteration|epoch|cell|file|token|byte)s?|it|batch(?:es)?|[kKMGT]?i?B|[kKMGT]bit)';

type IsOfTheDay = (text: string, moment: Moment) => boolean;

const within = (time: number, { from, to }: Moment, slack: number): boolean =>
  time >= from - slack && time <= to + slack;

const isDateNow =
  (slack: number): IsOfTheDay =>
  (text, moment) => {
    const written = text.replace(/\u202f/g, ' ');
    // Day and month stand in either order.
    const times = [written, written.replace(/^(\d+)\/(\d+)\//, '$2/$1/')].map((each) => Date.parse(each));
    return times.every(Number.isNaN) || times.some((time) => within(time, moment, slack));
  };

/** Hours, minutes and seconds of the run in some zone. */
const isClockNow: IsOfTheDay = (text, { from, to }) => {
  const [hours, minutes, seconds = '0'] = text.split(/[:. \u202f]/);
  const time = (Number(hours) * 60 + Number(minutes)) * MINUTE + Number(seconds) * SECOND;
  const slack = 2 * SECOND;
  const after = (((time - (from - slack)) % QUARTER) + QUARTER) % QUARTER;
  return after <= to - from + 2 * slack;
};

const isEpochNow: IsOfTheDay = (text, moment) => isTimeStamp(Number(text), moment);

const UNITS: { [unit: string]: number } = {
  h: HOUR,
  min: MINUTE,
  minute: MINUTE,
  ms: 1,
  millisecond: 1,
  us: 0.001,
  µs: 0.001,
  ns: 1e-6,
};

/** What can be a time that the run took: nothing lasts longer than it did. */
const isDuration: IsOfTheDay = (text, { from, to }) => {
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\d[\d,]*\.?\d*)\s*([a-zµ]+)/g))
    total += Number(number!.replaceAll(',', '')) * (UNITS[unit!.replace(/(?<=minute|millisecond)s$/, '')] ?? SECOND);
  return total <= (to - from) * PARALLEL + SLACK;
};

/** What is told of the machine and of the day, and when it is that. */
const VOLATILE: [RegExp, string, IsOfTheDay?][] = [
  // 2026-01-31T10:20:30.123Z, 2026-01-31 10:20
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, '⟨time⟩', isDateNow(ZONES)],
  // Sat Jan 31 2026 10:20:30 GMT+0000 (Coordinated Universal Time); Sat, 31 Jan 2026 10:20:30 GMT; Sat Jan 31 2026
  [
    new RegExp(`\\b${WEEKDAY},? (?:${MONTH} \\d\\d? |\\d\\d? ${MONTH} )\\d{4}(?:,? ${CLOCK}${ZONE})?`, 'g'),
    '⟨time⟩',
    isDateNow(ZONES + DAY),
  ],
  // 1/31/2026, 10:20:30 AM
  [new RegExp(`\\b\\d{1,2}/\\d{1,2}/\\d{4},? ${CLOCK}`, 'g'), '⟨time⟩', isDateNow(ZONES)],
  // 2026-01-31, 1/31/2026
  [/\b(?:\d{4}-\d\d-\d\d|\d{1,2}\/\d{1,2}\/\d{4})\b/g, '⟨date⟩', isDateNow(ZONES + DAY)],
  // 10:20:30, 10:20:30 AM
  [/\b\d{1,2}:\d\d:\d\d(?:\.\d+)?(?:[ \u202f][AP]M\b)?/g, '⟨clock⟩', isClockNow],
  // Seconds and milliseconds since the epoch, also with fractions
  [/(?<![\d.])[1-9]\d{9}(?:\d{3})?(?:\.\d+)?(?!\.?\d)/g, '⟨epoch⟩', isEpochNow],
  // 1.2 s, 35 ms, 2 min 3 s, 0.13 ms/step; but not the 10 of "10 min 0.5 max 0.9"
  [
    /(?:\d[\d,]*\.?\d*\s*(?:min|h)\s+)?\b\d[\d,]*\.?\d*\s*(?:ms|µs|us|ns|s|sec|seconds?|milliseconds?|minutes?|min(?!\s*[=:(]?\s*[-+.\d]))\b(?:\/\w+)?/g,
    '⟨duration⟩',
    isDuration,
  ],
  // 1,200 samples/s, 3 rows a second; what a program gets through, not the clicks or the metres of somebody's result
  [new RegExp(`\\b\\d[\\d,]*\\.?\\d*\\s*${WORK}\\s*(?:/\\s*s(?:ec(?:ond)?)?|(?:a|per) second)\\b`, 'g'), '⟨rate⟩'],
  // Temporary folders, and what ran the steps
  [
    /(?<=^|[\s'"`([{<=:,]|file:\/\/)(?:(?:\/private)?(?:\/tmp|\/var\/folders)|[A-Z]:\\[^\s'"]*\\Temp)[/\\][^\s'"<>(),;:|&=]*/g,
    '⟨temporary⟩',
  ],
  [/^steps ran as: .*$/, '⟨runtime⟩'],
];

/** Without knowing when, these are as likely a result. */
const KNOWN_ONLY = ['⟨date⟩', '⟨clock⟩', '⟨epoch⟩'];

/**
 * A line without what differs between two equal runs.
 *
 * @param moment when it was written: a time that was not then, or lasted longer, is a result and stays. Without it what can be a time goes.
 * @param leftOut gets what went, in an order that is the same for lines that are the same without it
 */
export function withoutVolatile(line: string, moment?: Moment, leftOut: string[] = []): string {
  // A clock that was set back says nothing.
  const known = moment && moment.to >= moment.from ? moment : undefined;
  return VOLATILE.reduce(
    (text, [pattern, name, isOfTheDay]) =>
      text.replace(pattern, (found) => {
        if (known ? isOfTheDay && !isOfTheDay(found, known) : KNOWN_ONLY.includes(name)) return found;
        leftOut.push(found);
        return name;
      }),
    line,
  )
    .replace(/[ \t]*⟨/g, ' ⟨')
    .replace(/⟩[ \t]+/g, '⟩ ');
}

/** Whether a number is the time at which its output was made, in seconds or milliseconds since the epoch. */
export function isTimeStamp(value: number, moment: Moment | undefined): boolean {
  if (!moment || moment.to < moment.from || value < 1e9) return false;
  return within(value > 1e11 ? value : value * SECOND, moment, HOUR);
}

/** A line that people read names few places. */
const MOST_PLACES = 8;
const LONGEST_LINE = 4000;

/**
 * Whether a line that was saved elsewhere is this one of now, but for where a folder of this machine lies.
 *
 * @param folders absolute paths of this machine: the notebook's folder, the home folder
 */
export function isSameElsewhere(saved: string, now: string, folders: readonly string[]): boolean {
  const found = folders
    .filter((folder) => folder.length > 1 && now.includes(folder))
    .sort((a, b) => b.length - a.length);
  if (found.length === 0 || now.length > LONGEST_LINE) return false;
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  const anywhere = String.raw`(?:[A-Za-z]:)?[/\\][^\s'"<>:;,]*?`;
  const places = new RegExp(found.map(literal).join('|'), 'g');
  const parts = now.split(places);
  if (parts.length > MOST_PLACES) return false;
  const pattern = parts.map(literal).join(anywhere);
  return new RegExp(`^${pattern}$`).test(saved);
}
