import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float64, time } from '../build/index.ts';
import { Field } from '../model/index.ts';
import { formatCell } from './index.ts';
import { BINARY_UNITS, COUNT_UNITS, CURRENCIES, SI_UNITS, SUFFIX_CURRENCIES, SUFFIXES } from './unit-names.ts';

const show = (value: number, unit: string, decimals?: number) =>
  formatCell(new Field('v', float64([value]).column, { config: { unit, ...(decimals === undefined ? {} : { decimals }) } }), 0);

test('each of the units that dashboards use most is shown as Grafana shows it', () => {
  const expected: readonly (readonly [unit: string, value: number, text: string])[] = [
    ['none', 1234.5, '1235'],
    ['string', 1234.5, '1234.5'],
    ['short', 1234.5, '1.23 K'],
    ['sishort', 1234.5, '1.23 k'],
    ['percent', 45.678, '45.7%'],
    ['percentunit', 0.45678, '45.7%'],
    ['humidity', 45.5, '45.5 %H'],
    ['dB', -3, '-3 dB'],
    ['bytes', 1536, '1.50 KiB'],
    ['decbytes', 1536, '1.54 kB'],
    ['bits', 1536, '1.50 Kib'],
    ['decbits', 1536, '1.54 kb'],
    ['kbytes', 2048, '2 MiB'],
    ['deckbytes', 2000, '2 MB'],
    ['mbytes', 1536, '1.50 GiB'],
    ['decmbytes', 1500, '1.50 GB'],
    ['gbytes', 2048, '2 TiB'],
    ['decgbytes', 2500, '2.50 TB'],
    ['tbytes', 1, '1 TiB'],
    ['dectbytes', 1, '1 TB'],
    ['pbytes', 1, '1 PiB'],
    ['decpbytes', 1, '1 PB'],
    ['pps', 1500, '1.50 kp/s'],
    ['bps', 1500, '1.50 kb/s'],
    ['Bps', 1500, '1.50 kB/s'],
    ['binbps', 1536, '1.50 Kib/s'],
    ['binBps', 1536, '1.50 KiB/s'],
    ['KBs', 1500, '1.50 MB/s'],
    ['Kbits', 1500, '1.50 Mb/s'],
    ['KiBs', 1536, '1.50 MiB/s'],
    ['Kibits', 1536, '1.50 Mib/s'],
    ['MBs', 0.5, '500 kB/s'],
    ['Mbits', 2, '2 Mb/s'],
    ['MiBs', 1, '1 MiB/s'],
    ['GBs', 1, '1 GB/s'],
    ['Gbits', 10, '10 Gb/s'],
    ['TBs', 1, '1 TB/s'],
    ['PBs', 1, '1 PB/s'],
    ['ns', 1500, '1.50 µs'],
    ['µs', 1500, '1.50 ms'],
    ['ms', 1500, '1.50 s'],
    ['s', 90, '1.50 min'],
    ['m', 90, '1.50 hour'],
    ['h', 36, '1.50 day'],
    ['d', 3, '3 day'],
    ['dtdurationms', 1500, '1 second'],
    ['dtdurations', 90, '1 minute'],
    ['dthms', 3725, '01:02:05'],
    ['dtdhms', 90061, '1 d 01:01:01'],
    ['timeticks', 9000, '1.50 min'],
    ['clockms', 3_723_004, '01h:02m:03s:004ms'],
    ['clocks', 62.5, '01m:02s:500ms'],
    ['hertz', 1500, '1.50 kHz'],
    ['rotrpm', 90, '90 rpm'],
    ['rotkhz', 1500, '1.50 MHz'],
    ['cps', 1500, '1.50K c/s'],
    ['ops', 1500, '1.50K ops/s'],
    ['reqps', 1500, '1.50K req/s'],
    ['rps', 1500, '1.50K rd/s'],
    ['wps', 1500, '1.50K wr/s'],
    ['iops', 1500, '1.50K io/s'],
    ['eps', 1500, '1.50K evt/s'],
    ['mps', 1500, '1.50K msg/s'],
    ['opm', 1500, '1.50K ops/m'],
    ['mpm', 1500, '1.50K msgs/m'],
    ['celsius', 21.5, '21.5 °C'],
    ['fahrenheit', 70, '70 °F'],
    ['kelvin', 300, '300 K'],
    ['watt', 1500, '1.50 kW'],
    ['kwatt', 1500, '1.50 MW'],
    ['kwatth', 1500, '1.50 MWh'],
    ['Wm2', 1500, '1.50 kW/m²'],
    ['volt', 0.5, '500 mV'],
    ['amp', 0.5, '500 mA'],
    ['mohm', 1500, '1.50 Ω'],
    ['dBm', -60, '-60 dBm'],
    ['currencyUSD', 1500, '$1.50K'],
    ['currencyEUR', -1500, '-€1.50K'],
    ['currencyGBP', 5, '£5'],
    ['currencyJPY', 5, '¥5'],
    ['currencySEK', 5, '5kr'],
    ['currencyILS', 5, '₪5'],
    ['velocityms', 5, '5 m/s'],
    ['velocitykmh', 5, '5 km/h'],
    ['lengthm', 1500, '1.50 km'],
    ['lengthkm', 1.5, '1.50 km'],
    ['masskg', 1500, '1.50 Mg'],
    ['pressurehpa', 1013, '1013 hPa'],
    ['pressurebar', 1.5, '1.50 bar'],
    ['pressurepsi', 1500, '1.50ksi'],
    ['litre', 0.5, '500 mL'],
    ['m3', 5, '5 m³'],
    ['ppm', 400, '400 ppm'],
    ['conμgm3', 12, '12 μg/m³'],
    ['degree', 90, '90 °'],
    ['lux', 90, '90 lux'],
    ['flops', 1500, '1.50 kFLOPS'],
    ['gflops', 1500, '1.50 TFLOPS'],
    ['MHs', 1500, '1.50 GH/s'],
    ['EHs', 1, '1 EH/s'],
    ['radusvh', 1500, '1.50 mSv/h'],
    ['locale', 1234567.5, '1,234,567.5'],
    ['sci', 1234.5, '1.2345e+3'],
    ['hex', 255, 'FF'],
    ['hex0x', -255, '-0xFF'],
    ['bool', 1, 'True'],
    ['bool', 0, 'False'],
    ['bool_yes_no', 0, 'No'],
    ['bool_on_off', 1, 'On'],
    ['bool:up/down', 0, 'down'],
    ['dateTimeAsIso', 1700000000123, '2023-11-14 22:13:20'],
    ['dateTimeAsUS', 1700000000123, '11/14/2023 10:13:20 pm'],
    ['dateTimeAsLocal', 1700000000123, '2023-11-14 22:13:20'],
    ['dateTimeAsSystem', 1700000000123, '2023-11-14 22:13:20'],
    ['time:YYYY-MM-DD', 1700000000123, '2023-11-14'],
    ['prefix:~', 5, '~5'],
    ['suffix:x', 5, '5 x'],
    ['si:mV', 1500, '1.50 V'],
    ['count:beans', 1500, '1.50K beans'],
    ['currency:₿', 5, '₿5'],
  ];
  for (const [unit, value, text] of expected) assert.equal(show(value, unit), text, unit);
});

test('a clock shows as many parts behind its first as there are decimals', () => {
  const cases: [unit: string, value: number, decimals: number | undefined, text: string][] = [
    ['clockms', 0, undefined, '000ms'],
    ['clockms', 999.9, undefined, '999ms'],
    ['clockms', 5_003, undefined, '05s:003ms'],
    ['clockms', 5_003, 0, '05s'],
    ['clockms', 65_003, 1, '01m:05s'],
    ['clocks', 3600 * 100, 0, '100h'],
    ['clocks', 3725.004, 2, '01h:02m:05s'],
    ['clocks', -5, 0, '-05s'],
    ['clocks', Number.NaN, undefined, 'NaN'],
  ];
  for (const [unit, value, decimals, text] of cases) assert.equal(show(value, unit, decimals), text);
});

test('every unit of the tables is shown with its symbol, and no id stands in two tables', () => {
  for (const [unit, symbol] of Object.entries(SUFFIXES)) assert.equal(show(2, unit), `2 ${symbol}`);
  for (const [unit, [symbol]] of [...Object.entries(SI_UNITS), ...Object.entries(BINARY_UNITS)])
    assert.match(show(2, unit), new RegExp(`^2 .{0,2}${symbol}$`));
  for (const [unit, symbol] of Object.entries(COUNT_UNITS)) assert.equal(show(2, unit), `2 ${symbol}`);
  for (const [unit, symbol] of Object.entries(CURRENCIES))
    assert.equal(show(2, unit), SUFFIX_CURRENCIES.has(unit) ? `2${symbol}` : `${symbol}2`);
  const ids = [SUFFIXES, SI_UNITS, BINARY_UNITS, COUNT_UNITS, CURRENCIES].flatMap((table) => Object.keys(table));
  assert.equal(new Set(ids).size, ids.length);
});

test('what is no number and decimals that nobody can write are shown, whatever the unit', () => {
  const units = ['none', 'short', 'percent', 'sci', 'hex', 'hex0x', 'locale', 'bytes', 's', 'dthms', 'clocks', 'currencyUSD', 'celsius'];
  for (const unit of units) {
    assert.match(show(Number.NaN, unit), /^\$?NaN/, unit);
    assert.match(show(Number.NEGATIVE_INFINITY, unit), /^-\$?∞/, unit);
    for (const decimals of [-1, 65535, Number.NaN]) assert.notEqual(show(1.5, unit, decimals), '', unit);
  }
  assert.equal(formatCell(new Field('t', time.fromMillis([0]).column, { config: { unit: 'clockms' } }), 0), '1970-01-01T00:00:00.000Z');
});
