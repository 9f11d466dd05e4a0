/** What was said in a trace, call by call, each with its price. Everything is shown as text, never as markup. */

import { useReader } from "../reader.ts";
import { Loading, Unavailable } from "../trouble.tsx";
import type { CallInTrace, TraceShape } from "./asking.ts";
import { useDetails } from "./asking.ts";
import { costText } from "./cost.ts";
import {
  breakpointsIn,
  type Message,
  messagesOf,
  type Missing,
  missingOf,
  type Part,
  sameBefore,
  toldBefore,
  type Tool,
  toolsOf,
} from "./messages.ts";
import { Outcome } from "./outcome.tsx";
import { type TraceWords, traceWords } from "./words.ts";

const STEPS = 40;

function Words({ part }: { part: Part }) {
  const { language } = useReader();
  const words = traceWords[language];
  const title = titleOf(part, words);
  const failed = part.kind === "tool_result" && part.failed;
  return (
    <div className="part" data-kind={part.kind} data-failed={failed || undefined}>
      {title !== null && <p className="part-title">{title}</p>}
      {part.text !== "" && <p className="part-text">{part.text}</p>}
      {part.cached !== "" && <p className="part-cache">{words.cacheBreakpoint(part.cached)}</p>}
    </div>
  );
}

function titleOf(part: Part, words: TraceWords): string | null {
  switch (part.kind) {
    case "text":
      return null;
    case "thinking":
      return words.thinking;
    case "hidden_thinking":
      return words.hiddenThinking;
    case "summary":
      return words.summary;
    case "tool_call":
      return words.toolCall(part.name);
    case "tool_result":
      return part.failed ? words.toolFailed : words.toolResult;
    case "media":
      return { image: words.image, document: words.document }[part.modality] ?? words.file;
    case "unknown":
      return words.unreadable;
  }
}

export function Messages({ messages }: { messages: readonly Message[] }) {
  const words = traceWords[useReader().language];
  return (
    <ol className="messages">
      {messages.map((message, at) => (
        <li key={at} data-role={message.role}>
          <p className="role">{words.roles[message.role] ?? message.role}</p>
          {message.parts.map((part, place) => (
            <Words key={place} part={part} />
          ))}
          {message.partial && <p className="part-missing">{words.partial}</p>}
        </li>
      ))}
    </ol>
  );
}

/** What is missing of what was said in a call, before its messages. */
export function MissingNotes({ missing }: { missing: Missing }) {
  const { language, format } = useReader();
  const words = traceWords[language];
  return (
    <>
      {missing.lost !== "" && <p className="part-missing">{words.lost(missing.lost)}</p>}
      {missing.earlier > 0 && (
        <p className="part-missing">{words.earlierLeftOut(format.number(missing.earlier))}</p>
      )}
      {missing.cut && <p className="part-missing">{words.cut}</p>}
    </>
  );
}

export function Tools({ tools }: { tools: readonly Tool[] }) {
  const { language, format } = useReader();
  if (tools.length === 0) return null;
  return (
    <details className="tools">
      <summary>{traceWords[language].toolsOffered(format.number(tools.length))}</summary>
      {tools.map((tool, at) => (
        <div key={at} className="part" data-kind="tool_call">
          <p className="part-title">{tool.name}</p>
          <p className="part-text">{tool.text}</p>
        </div>
      ))}
    </details>
  );
}

interface ConversationProps {
  readonly shape: TraceShape;
  readonly calls: ReadonlyMap<string, CallInTrace>;
}

export function Conversation({ shape, calls }: ConversationProps) {
  const { language, format } = useReader();
  const words = traceWords[language];
  const steps = shape.ids.flatMap((id, span) => (calls.has(id) ? [{ id, span }] : []));
  const shown = steps.slice(0, STEPS);
  const details = useDetails(shape.trace_id, shown.map((step) => step.id));
  const attributes = details.map((query) => query.data?.attributes ?? {});
  const told = attributes.map(messagesOf);
  const missing = attributes.map(missingOf);
  const failed = details.find((query) => query.error !== null);
  if (failed?.error) {
    const again = (): void => details.forEach((query) => void query.refetch());
    return <Unavailable error={failed.error} retry={again} />;
  }
  if (details.some((query) => query.isPending)) return <Loading />;
  if (told.every((messages) => messages.length === 0) && missing.every((one) => one.lost === "")) {
    return (
      <div className="nothing">
        <h2>{words.noMessages}</h2>
        <p className="quiet">{words.noMessagesHelp}</p>
      </div>
    );
  }
  return (
    <div className="conversation">
      {shown.map(({ id, span }, at) => {
        const messages = told[at] ?? [];
        const same = sameBefore(toldBefore(told, at), messages);
        const breakpoints = breakpointsIn(messages.slice(0, same));
        const call = calls.get(id);
        const figures = [
          shape.words[shape.names[span] ?? 0] ?? "",
          format.seconds((shape.durations_us[span] ?? 0) / 1e6),
          costText(call, format, words.unpriced),
        ];
        return (
          <section key={id} aria-label={words.step(format.number(at + 1))}>
            <h2>
              {words.step(format.number(at + 1))} <span className="quiet">{figures.join(" · ")}</span>{" "}
              {call !== undefined && call.outcome !== "ok" && (
                <Outcome outcome={call.outcome} error={call.error_type} />
              )}
            </h2>
            {missing[at] !== undefined && <MissingNotes missing={missing[at]} />}
            <Tools tools={toolsOf(attributes[at] ?? {})} />
            {same > 0 && <p className="quiet">{words.sameBefore(format.number(same))}</p>}
            {breakpoints > 0 && (
              <p className="part-cache">{words.breakpointsBefore(format.number(breakpoints))}</p>
            )}
            {messages.length === 0 && missing[at]?.lost === "" && (
              <p className="quiet">{words.noneOfStep}</p>
            )}
            <Messages messages={messages.slice(same)} />
          </section>
        );
      })}
      {steps.length > STEPS && <p className="quiet">{words.firstSteps(format.number(STEPS))}</p>}
    </div>
  );
}
