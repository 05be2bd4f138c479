/** What the client uses of idb. */
export interface Store {
  get(key: IDBValidKey): Promise<unknown>;
  getAll(): Promise<unknown[]>;
  put(value: unknown, key?: IDBValidKey): Promise<IDBValidKey>;
  delete(key: IDBValidKey): Promise<void>;
  clear(): Promise<void>;
}
export interface Transaction {
  objectStore(name: string): Store;
  abort(): void;
  readonly done: Promise<void>;
}
export interface Database {
  get(store: string, key: IDBValidKey): Promise<unknown>;
  getAll(store: string): Promise<unknown[]>;
  put(store: string, value: unknown, key?: IDBValidKey): Promise<IDBValidKey>;
  delete(store: string, key: IDBValidKey): Promise<void>;
  transaction(stores: string[], mode: 'readonly' | 'readwrite', options?: { durability?: 'strict' | 'relaxed' }): Transaction;
  createObjectStore(name: string, options?: { keyPath?: string; autoIncrement?: boolean }): unknown;
  close(): void;
}
export function openDB(name: string, version: number, callbacks: {
  upgrade?(database: Database, from: number): void;
  blocking?(): void;
  terminated?(): void;
}): Promise<Database>;
export function deleteDB(name: string, callbacks?: { blocked?(): void }): Promise<void>;
