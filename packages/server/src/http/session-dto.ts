import type { Session } from '../auth/index.ts';
import { goTime } from './accounts.ts';

/** A session as the API tells. Of the program that logged in only the best known are told apart. */
export function toSessionDto({ id, clientIp, userAgent, createdAtMs, seenAtMs }: Session, isActive: boolean) {
  const [browser, browserVersion] = find(userAgent, browsers);
  const [os, osVersion] = find(userAgent, systems);
  return {
    ...{ id, isActive, clientIp, device: 'Other', os, osVersion, browser, browserVersion },
    createdAt: goTime(createdAtMs),
    seenAt: goTime(seenAtMs),
    authModule: '',
  };
}

type Named = readonly (readonly [name: string, pattern: RegExp])[];

const browsers: Named = [
  ['Edge', /\bEdg\/(\d+(?:\.\d+)?)/],
  ['Opera', /\bOPR\/(\d+(?:\.\d+)?)/],
  ['Firefox', /\bFirefox\/(\d+(?:\.\d+)?)/],
  ['Chrome', /\bChrome\/(\d+(?:\.\d+)?)/],
  ['Safari', /\bVersion\/(\d+(?:\.\d+)?).*\bSafari\//],
  ['curl', /\bcurl\/(\d+(?:\.\d+)?)/],
];

const systems: Named = [
  ['iOS', /\b(?:iPhone|CPU) OS (\d+(?:_\d+)?)/],
  ['Android', /\bAndroid (\d+(?:\.\d+)?)/],
  ['Windows', /\bWindows NT (\d+(?:\.\d+)?)/],
  ['Mac OS X', /\bMac OS X (\d+(?:[._]\d+)?)/],
  ['Linux', /\bLinux\b/],
];

function find(userAgent: string, named: Named): readonly [name: string, version: string] {
  for (const [name, pattern] of named) {
    const match = pattern.exec(userAgent);
    if (match !== null) return [name, (match[1] ?? '').replace('_', '.')];
  }
  return ['Other', ''];
}
