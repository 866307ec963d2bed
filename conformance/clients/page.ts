// Runs in the browser, bundled with the genuine packages: what a plugin's front end is there. Tests see it as `client`.
import { type DataFrame, type DataQueryResponse, dataFrameFromJSON, dateTime, getFieldDisplayName } from '@grafana/data';
import { type BackendSrvRequest, config, DataSourceWithBackend, setBackendSrv, setDataSourceSrv, setEchoSrv } from '@grafana/runtime';
import { lastValueFrom } from 'rxjs';
import { FetchBackendSrv } from './backend-srv.ts';

const settings = Object.values(config.datasources);
const backendSrv = new FetchBackendSrv(config.bootData.user.orgId);
setBackendSrv(backendSrv);
setEchoSrv({ addEvent() {} });
setDataSourceSrv({
  getInstanceSettings: (ref) => settings.find(({ uid, name }) => (typeof ref === 'string' ? [uid, name].includes(ref) : uid === ref.uid)),
});

/** The front end of any data source here: it adds nothing to the genuine class. */
class PlainDataSource extends DataSourceWithBackend {}

/** A data source by its name, from what the server told of it. @throws Error when it told of none */
export function dataSource(name: string): DataSourceWithBackend {
  const own = config.datasources[name];
  if (own === undefined) throw new Error(`the frontend settings have no data source ${name}`);
  return new PlainDataSource(own);
}

/** The last answer of a stream of them. */
export const last = lastValueFrom;

/** Where a front end asks the other side of a data source by itself. */
export const proxyOf = (name: string) => config.datasources[name]?.url;

/** Sends a request as a front end does that needs no data source for it. */
export const send = async (own: BackendSrvRequest) => (await last(backendSrv.fetch(own))).data;

/** What a query has besides what its plugin reads. */
export interface Target {
  readonly refId: string;
  readonly [key: string]: unknown;
}

/** The first hour of 2024, in epoch milliseconds. */
const RANGE = [1_704_067_200_000, 1_704_070_800_000] as const;

/** A request as a panel makes it. */
export function request(targets: readonly Target[], more: object = {}): object {
  const range = { from: dateTime(RANGE[0]), to: dateTime(RANGE[1]), raw: { from: 'now-1h', to: 'now' } };
  return { targets, range, intervalMs: 1000, maxDataPoints: 500, scopedVars: {}, timezone: 'utc', ...more };
}

/** Asks and reads the last answer. */
export async function query(name: string, targets: readonly Target[], more?: object): Promise<Answer> {
  return read(await last(dataSource(name).query(request(targets, more))));
}

/** What the genuine reader made of an answer, as plain values. */
export type Answer = ReturnType<typeof read>;

/** Takes out what a test may look at, with the names that a panel would show. */
export function read({ data, state, error, errors }: DataQueryResponse) {
  return { state, error, errors, frames: data.map((frame) => readFrame(frame, data)) };
}

/** The same of frames in JSON. */
export function readJson(list: readonly object[]) {
  const frames = list.map(dataFrameFromJSON);
  return frames.map((frame) => readFrame(frame, frames));
}

function readFrame(frame: DataFrame, all: DataFrame[]) {
  const { name, refId, length, meta, fields } = frame;
  return {
    ...{ name, refId, length, meta },
    fields: fields.map((field) => ({ ...field, shown: getFieldDisplayName(field, frame, all) })),
  };
}
