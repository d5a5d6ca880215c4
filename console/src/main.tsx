import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "@douyinfe/semi-ui/lib/es/_base/base.css";
import { App } from "./app/App";
import "./app/console.css";
import { startTexts } from "./i18n";
import { applyScheme } from "./ui/theme";

applyScheme();
const root = document.getElementById("root");
if (root) {
  void startTexts().then(() =>
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    ),
  );
}
