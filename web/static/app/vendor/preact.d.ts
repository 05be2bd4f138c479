/** What the client uses of preact. */
export type VNode = { type: unknown; props: unknown } & { readonly vnode: unique symbol };
export type Child = VNode | string | number | boolean | null | undefined | Child[];
export function h(type: unknown, props: unknown, ...children: Child[]): VNode;
export function render(node: Child, into: Element): void;
