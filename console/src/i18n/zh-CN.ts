/** Every text of the console in Chinese, by namespace: the file's name. */
export const texts = import.meta.glob<Record<string, unknown>>("./zh-CN/*.json", {
  eager: true,
  import: "default",
});
