import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { parseBasic } from '../auth/index.ts';
import type { Services } from './services.ts';

/** `[metrics] basic_auth_username` and `basic_auth_password` protect metrics when both are set. */
export function mayReadMetrics(request: FastifyRequest, { config }: Pick<Services, 'config'>): boolean {
  const { basicAuthUsername, basicAuthPassword } = config.metrics;
  if (basicAuthUsername === '' || basicAuthPassword === undefined) return true;
  const given = parseBasic(request.headers.authorization ?? '');
  const isUser = isSame(given?.login ?? '', basicAuthUsername);
  const isPassword = isSame(given?.password ?? '', basicAuthPassword.open());
  return isUser && isPassword;
}

function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
