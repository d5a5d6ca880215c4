import type { Rule } from "./policy";
import { useWords } from "./texts";

/** Rules as sentences; in full also their codes and how to meet them. */
export function RuleList({ rules, isFull = false }: { rules: Rule[]; isFull?: boolean }) {
  const { say, comparison } = useWords();
  return (
    <ol className="rule-list">
      {rules.map((rule) => (
        <li key={rule.reason}>
          <span>{say(rule.label)}</span> <code>{comparison(rule)}</code>
          {isFull && (
            <>
              <p className="muted">{say(rule.how_to_fix)}</p>
              <p className="muted">
                <code>{rule.reason}</code>
              </p>
            </>
          )}
        </li>
      ))}
    </ol>
  );
}
