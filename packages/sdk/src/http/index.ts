export { createHttpClient, type HttpClient, type HttpClientOptions, type HttpMiddleware } from './client.ts';
export { type HttpSettings, type HttpSettingsSource, type HttpTimeouts, type HttpTls, parseHttpSettings } from './http-settings.ts';
