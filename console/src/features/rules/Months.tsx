import { useTranslation } from "react-i18next";
import { daysOf, kindOf, weekdayOf, type YearDays } from "./calendar";

const MONTHS = Array.from({ length: 12 }, (_, month) => month + 1);
/** A Monday and the days after it: for the names of weekdays. */
const WEEK = Array.from({ length: 7 }, (_, day) => new Date(Date.UTC(2024, 0, 1 + day)));

/** A year as twelve months; days are buttons where `onToggle` says what a click does. */
export function Months({
  year,
  days,
  onToggle,
}: {
  year: number;
  days: YearDays;
  onToggle: ((day: string) => void) | null;
}) {
  const { t, i18n } = useTranslation("rules");
  const name = (at: Date, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(i18n.language, { ...options, timeZone: "UTC" }).format(at);
  return (
    <div className="months">
      {MONTHS.map((month) => {
        const title = name(new Date(Date.UTC(year, month - 1, 1)), { month: "long" });
        const dates = daysOf(year, month);
        const worked = dates.filter((day) => ["working", "make_up"].includes(kindOf(day, days))).length;
        return (
          <section key={month} className="month" aria-label={title}>
            <header>
              <h2>{title}</h2>
              <span className="muted">{t("calendar.worked", { count: worked })}</span>
            </header>
            <div className="month-days">
              {WEEK.map((at) => (
                <span key={at.getTime()} className="weekday" aria-hidden>
                  {name(at, { weekday: "narrow" })}
                </span>
              ))}
              {dates.map((day, place) => {
                const kind = kindOf(day, days);
                const column = place === 0 ? { gridColumnStart: weekdayOf(day) + 1 } : undefined;
                const said = `${day} ${t(`calendar.kind.${kind}`)}`;
                const number = Number(day.slice(8));
                return onToggle ? (
                  <button
                    key={day}
                    type="button"
                    className={`day is-${kind}`}
                    style={column}
                    aria-label={said}
                    onClick={() => onToggle(day)}
                  >
                    {number}
                  </button>
                ) : (
                  <time key={day} dateTime={day} className={`day is-${kind}`} style={column} title={said}>
                    {number}
                    {kind === "off" || kind === "make_up" ? (
                      <span className="visually-hidden"> {t(`calendar.kind.${kind}`)}</span>
                    ) : null}
                  </time>
                );
              })}
            </div>
          </section>
        );
      })}
    </div>
  );
}
