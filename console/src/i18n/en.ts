/** Every text of the console in English, by namespace: the file's name. */
export const texts = import.meta.glob<Record<string, unknown>>("./en/*.json", {
  eager: true,
  import: "default",
});
