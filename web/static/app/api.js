// Requests to the server: what came back, what was refused, and what never arrived.

import { hear } from './clock.js';

const BASE = '/api/v1/';
const PATIENCE = 30_000;

/** Nothing of ours answered: no connection, or somebody between us and the server. */
export class Offline extends Error {}

/** The server refused, in its own words. */
export class Refusal extends Error {
  /** @param {number} status @param {any} problem @param {number} retryAfter */
  constructor(status, problem, retryAfter) {
    super(problem?.code ?? String(status));
    this.status = status;
    /** @type {string} */
    this.code = problem?.code ?? '';
    /** @type {string} */
    this.detail = problem?.detail ?? '';
    /** @type {import('./types').FieldError[]} */
    this.errors = problem?.errors ?? [];
    /** @type {import('./types').Support | null} */
    this.support = problem?.support ?? null;
    this.retryAfter = retryAfter;
  }
}

/**
 * @typedef {{body?: unknown, token?: string, headers?: Record<string, string>, etag?: string}} Sent
 * @typedef {{status: number, body: any, etag: string | null}} Answer
 */

/**
 * Ask the server once.
 *
 * An answer without our request id is somebody else's, such as the page of a hotel's network.
 * @param {string} method @param {string} path @param {Sent} [sent]
 * @returns {Promise<Answer>}
 */
export async function ask(method, path, { body, token, headers = {} } = {}) {
  const sentAt = Date.now();
  let response;
  let text;
  try {
    response = await fetch(BASE + path, {
      method,
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    });
    text = await response.text();
  } catch {
    throw new Offline();
  }
  if (!response.headers.has('X-Request-Id')) throw new Offline();
  hear(response.headers.get('Date'), sentAt, Date.now());
  const told = read(response, text);
  if (!response.ok && response.status !== 304) {
    throw new Refusal(response.status, told, Number(response.headers.get('Retry-After')) || 0);
  }
  return { status: response.status, body: told, etag: response.headers.get('ETag') };
}

/** @param {Response} response @param {string} text */
function read(response, text) {
  if (!/json/.test(response.headers.get('Content-Type') ?? '')) return text || null;
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    throw new Offline();
  }
}
