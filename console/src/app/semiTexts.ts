import en from "@douyinfe/semi-ui/lib/es/locale/source/en_US";
import zh from "@douyinfe/semi-ui/lib/es/locale/source/zh_CN";

/** What Semi's own parts say, in the reader's language. */
export const semiTexts = (language: string) => (language === "en" ? en : zh);
