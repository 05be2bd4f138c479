/** What the server writes above the service worker's code. */
declare const SHELL: { version: string; files: string[] };
