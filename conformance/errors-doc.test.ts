import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DATAPLANE_FINDING_CODES, FRAME_ERROR_CODES } from '@backplane/frames';
import { HOST_ERROR_CODES } from '@backplane/host';
import { PROTOCOL_ERROR_CODES } from '@backplane/protocol/goplugin';
import { sdkErrorCodes } from '@backplane/sdk';
import { SERVER_ERROR_CODES } from '@backplane/server';

const inCode: Readonly<Record<string, readonly string[]>> = {
  FrameError: FRAME_ERROR_CODES,
  DataplaneFinding: DATAPLANE_FINDING_CODES,
  ProtocolError: Object.keys(PROTOCOL_ERROR_CODES),
  HostError: Object.keys(HOST_ERROR_CODES),
  SdkError: sdkErrorCodes,
  ServerError: Object.keys(SERVER_ERROR_CODES),
};

const page = readFileSync(join(import.meta.dirname, '../docs/errors.md'), 'utf8');
const sections = page.split(/^## /m).slice(1);

for (const [name, codes] of Object.entries(inCode)) {
  test(`docs/errors.md has a row for every code of ${name}, and no other`, () => {
    const section = sections.find((text) => text.startsWith(name));
    assert.ok(section, `docs/errors.md has no section "## ${name}"`);
    const rows = [...section.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);
    assert.deepEqual(rows.sort(), [...codes].sort());
  });
}
