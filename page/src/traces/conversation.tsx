/** What was said in a trace, call by call, each with its price. Everything is shown as text, never as markup. */

import { useReader } from "../reader.ts";
import { Loading, Unavailable } from "../trouble.tsx";
import type { CallInTrace, TraceShape } from "./asking.ts";
import { useDetails } from "./asking.ts";
import { type Message, messagesOf, type Part, sameBefore } from "./messages.ts";
import { traceWords } from "./words.ts";

const STEPS = 40;

function Words({ part }: { part: Part }) {
  const { language } = useReader();
  const words = traceWords[language];
  const title = {
    text: null,
    thinking: words.thinking,
    tool_call: part.kind === "tool_call" ? words.toolCall(part.name) : null,
    tool_result: words.toolResult,
    unknown: words.unreadable,
  }[part.kind];
  return (
    <div className="part" data-kind={part.kind}>
      {title !== null && <p className="part-title">{title}</p>}
      <p className="part-text">{part.text}</p>
      {part.cached && <p className="part-cache">{words.cacheBreakpoint}</p>}
    </div>
  );
}

export function Messages({ messages }: { messages: readonly Message[] }) {
  return (
    <ol className="messages">
      {messages.map((message, at) => (
        <li key={at} data-role={message.role}>
          <p className="role">{message.role}</p>
          {message.parts.map((part, place) => (
            <Words key={place} part={part} />
          ))}
        </li>
      ))}
    </ol>
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
  const told = details.map((query) => messagesOf(query.data?.attributes ?? {}));
  const failed = details.find((query) => query.error !== null);
  if (failed?.error) {
    const again = (): void => details.forEach((query) => void query.refetch());
    return <Unavailable error={failed.error} retry={again} />;
  }
  if (details.some((query) => query.isPending)) return <Loading />;
  if (told.every((messages) => messages.length === 0)) {
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
        const same = sameBefore(told[at - 1] ?? [], messages);
        const call = calls.get(id);
        const figures = [
          shape.words[shape.names[span] ?? 0] ?? "",
          format.seconds((shape.durations_us[span] ?? 0) / 1e6),
          call === undefined || call.cost_usd === null ? words.unpriced : format.value(call.cost_usd, "usd"),
        ];
        return (
          <section key={id} aria-label={words.step(format.number(at + 1))}>
            <h2>
              {words.step(format.number(at + 1))} <span className="quiet">{figures.join(" · ")}</span>
            </h2>
            {same > 0 && <p className="quiet">{words.sameBefore(format.number(same))}</p>}
            <Messages messages={messages.slice(same)} />
          </section>
        );
      })}
      {steps.length > STEPS && <p className="quiet">{words.firstSteps(format.number(STEPS))}</p>}
    </div>
  );
}
