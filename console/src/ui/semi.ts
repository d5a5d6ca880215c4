/**
 * The parts of Semi Design that the console uses: by their own modules, because the package's index
 * brings players, editors and charts with it. Nothing else imports Semi.
 */
export { default as Badge } from "@douyinfe/semi-ui/lib/es/badge";
export { default as Banner } from "@douyinfe/semi-ui/lib/es/banner";
export { default as Button } from "@douyinfe/semi-ui/lib/es/button";
export { default as Checkbox } from "@douyinfe/semi-ui/lib/es/checkbox";
export { default as ConfigProvider } from "@douyinfe/semi-ui/lib/es/configProvider";
export { default as Dropdown } from "@douyinfe/semi-ui/lib/es/dropdown";
export { default as Input } from "@douyinfe/semi-ui/lib/es/input";
export { default as InputNumber } from "@douyinfe/semi-ui/lib/es/inputNumber";
export { default as Modal } from "@douyinfe/semi-ui/lib/es/modal";
export { default as Progress } from "@douyinfe/semi-ui/lib/es/progress";
export { default as Radio } from "@douyinfe/semi-ui/lib/es/radio";
export { default as Select } from "@douyinfe/semi-ui/lib/es/select";
export { default as SideSheet } from "@douyinfe/semi-ui/lib/es/sideSheet";
export { default as Skeleton } from "@douyinfe/semi-ui/lib/es/skeleton";
export { default as Spin } from "@douyinfe/semi-ui/lib/es/spin";
export { default as Table } from "@douyinfe/semi-ui/lib/es/table";
export { default as TabPane } from "@douyinfe/semi-ui/lib/es/tabs/TabPane";
export { default as Tabs } from "@douyinfe/semi-ui/lib/es/tabs";
export { default as Tag } from "@douyinfe/semi-ui/lib/es/tag";
export { default as Timeline } from "@douyinfe/semi-ui/lib/es/timeline";
export { default as Toast } from "@douyinfe/semi-ui/lib/es/toast";
export { default as Tooltip } from "@douyinfe/semi-ui/lib/es/tooltip";
export { default as Typography } from "@douyinfe/semi-ui/lib/es/typography";
export { default as SemiRadioGroup } from "@douyinfe/semi-ui/lib/es/radio/radioGroup";
export { default as CheckboxGroup } from "@douyinfe/semi-ui/lib/es/checkbox/checkboxGroup";
export { default as TextArea } from "@douyinfe/semi-ui/lib/es/input/textarea";
export type { ColumnProps } from "@douyinfe/semi-ui/lib/es/table";
export type { TagColor } from "@douyinfe/semi-ui/lib/es/tag/interface";
