/** Where the page begins. */

import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { applyTheme } from "./preferences.ts";
import { client } from "./refresh.ts";
import "./styles/page.css";

const place = document.getElementById("page");
if (place === null) throw new Error("index.html has no element with the id page");
applyTheme();
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
