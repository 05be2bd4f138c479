/** Short names for what the client passes around; the wire's own types are in web/app/types. */
import type * as Api from '../../app/types/api';

export type { Api };
export type Operation = { id: string; kind: string; deleted?: boolean } & Record<string, any>;
export type Entry = { id: string; kind: string; rev: number; deleted?: boolean } & Record<string, any>;
export type FieldError = Api.ErrorOut;
export type Support = Api.SupportOut;
export type SyncResult = {
  id: string | null; status: Api.SyncStatusEnum; rev?: number; seq?: number;
  server?: Entry; errors?: FieldError[];
};
export type Item = {
  id: string;
  /** Counts what the person saved under this id. */
  n: number;
  /** The place in the queue. */
  order: number;
  state: 'waiting' | 'conflict' | 'refused';
  op: Operation;
  baseRev: number | null;
  /** What was sent and not confirmed, oldest first. */
  attempts: Operation[];
  /** Whether the server's time was known when it was written. */
  clockKnown: boolean;
  server?: Entry | null;
  errors?: FieldError[];
};
export type Account = {
  id: string; username: string; refresh: string; sessionId: string; user: Api.MeOut;
};
