/** htm, bound to one way of making nodes. */
declare const htm: {
  bind<T>(make: (type: unknown, props: unknown, ...children: never[]) => T):
    (strings: TemplateStringsArray, ...values: unknown[]) => T;
};
export default htm;
