// The demo's numbers are a pure function of seed, sensor and time: the same seed gives the same data, and a database
// can be continued later as if it had been made in one go.

/** A sensor of the demo house. */
export interface Sensor {
  readonly id: string;
  readonly room: string;
  readonly floor: number;
  readonly model: string;
  /** Typical temperature in °C and relative humidity in %. */
  readonly climate: { readonly temperature: number; readonly humidity: number; readonly outdoors: boolean };
}

/** One row of `readings`. A sensor that is out of order reports nulls. */
export interface Reading {
  readonly time: number;
  readonly temperature: number | null;
  readonly humidity: number | null;
  readonly battery: number | null;
  readonly ok: 0 | 1;
}

/** One reading every half hour. */
export const STEP_MS = 1_800_000;

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
/** A battery lasts this long, then it is changed. */
const BATTERY_MS = 120 * DAY_MS;

/** The sensors of the demo house. */
export const SENSORS: readonly Sensor[] = [
  sensor('th-01', 'kitchen', 0, 'TH-2', 21.5, 48),
  sensor('th-02', 'living room', 0, 'TH-2', 21, 45),
  sensor('th-03', 'hall', 0, 'TH-1', 18.5, 47),
  sensor('th-04', 'bathroom', 1, 'TH-2', 22.5, 62),
  sensor('th-05', 'bedroom', 1, 'TH-1', 18, 50),
  sensor('th-06', 'office', 1, 'TH-2', 20.5, 44),
  sensor('th-07', 'office', 1, 'TH-3', 20.8, 43),
  sensor('th-08', 'attic', 2, 'TH-1', 16, 55),
  sensor('th-09', 'cellar', -1, 'TH-3', 13, 68),
  sensor('th-10', 'garage', 0, 'TH-1', 11, 60),
  { id: 'th-11', room: 'garden', floor: 0, model: 'TH-X', climate: { temperature: 10, humidity: 72, outdoors: true } },
  { id: 'th-12', room: 'balcony', floor: 1, model: 'TH-X', climate: { temperature: 11, humidity: 66, outdoors: true } },
];

/** What a sensor measured at a time. */
export function readingAt(seed: number, index: number, time: number): Reading {
  const { climate } = SENSORS[index]!;
  const noise = (salt: number) => random(seed, index * 16 + salt, time / STEP_MS);
  // Out of order for half a day, about twice a month.
  if (random(seed, index * 16 + 1, Math.floor(time / (DAY_MS / 2))) < 0.03)
    return { time, temperature: null, humidity: null, battery: null, ok: 0 };
  const swing = climate.outdoors ? { year: 11, day: 5 } : { year: 2, day: 1.2 };
  const season = -Math.cos((2 * Math.PI * (time - 15 * DAY_MS)) / YEAR_MS);
  const day = -Math.cos((2 * Math.PI * (time - 3 * 3_600_000)) / DAY_MS);
  const weather = random(seed, 9999, Math.floor(time / DAY_MS)) - 0.5;
  const temperature = climate.temperature + swing.year * season + swing.day * day + weather * swing.day + (noise(2) - 0.5) * 0.8;
  const humidity = climate.humidity - 6 * day + 10 * weather + (noise(3) - 0.5) * 5;
  const used = (((time + index * 9 * DAY_MS) % BATTERY_MS) + BATTERY_MS) % BATTERY_MS;
  return {
    time,
    temperature: Math.round(temperature * 100) / 100,
    humidity: noise(4) < 0.01 ? null : Math.round(Math.min(100, Math.max(5, humidity)) * 10) / 10,
    battery: Math.round(100 - (95 * used) / BATTERY_MS),
    ok: 1,
  };
}

/** A number from 0 to 1 that looks random and depends on nothing but its arguments. */
function random(seed: number, stream: number, step: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35) ^ Math.imul(step | 0, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296;
}

function sensor(id: string, room: string, floor: number, model: string, temperature: number, humidity: number): Sensor {
  return { id, room, floor, model, climate: { temperature, humidity, outdoors: false } };
}
