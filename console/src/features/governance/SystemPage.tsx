import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Card } from "@/ui/Card";
import { EmptyState } from "@/ui/EmptyState";
import { Loaded } from "@/ui/Loaded";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import { Banner, type ColumnProps } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { Trouble } from "@/ui/Trouble";
import { useResolvers, useSystem, type Resolver, type System } from "./queries";
import { milliseconds, signs } from "./reading";

/** How the platform itself is doing: relay, log, nodes and takedowns, every second. */
export function Component() {
  const { t } = useTranslation("governance");
  const system = useSystem();
  const resolvers = useResolvers();
  return (
    <PageFrame
      title={t("system.title")}
      note={
        system.data &&
        t("system.note", {
          version: system.data.version,
          database: t(`database.${system.data.database}`, { defaultValue: system.data.database }),
        })
      }
    >
      {system.data && system.error && <Trouble error={system.error} />}
      <Loaded query={system} rows={10}>
        {(found) => (
          <>
            <Signs system={found} resolvers={resolvers.rows} />
            <Tiles system={found} />
          </>
        )}
      </Loaded>
      <Card title={t("system.nodes")}>
        <Nodes resolvers={resolvers} />
      </Card>
    </PageFrame>
  );
}

/** What is wrong, and what helps; that all is well, where nothing is. */
function Signs({ system, resolvers }: { system: System; resolvers: Resolver[] }) {
  const { t } = useTranslation("governance");
  const found = signs(system, resolvers);
  return (
    <div role="status" className="stack tight">
      {found.length === 0 && (
        <Banner type="success" fullMode={false} closeIcon={null} description={t("system.allWell")} />
      )}
      {found.map(({ key, values, isGrave }) => (
        <Banner
          key={`${key} ${values?.name ?? ""}`}
          type={isGrave ? "danger" : "warning"}
          fullMode={false}
          closeIcon={null}
          title={t(`sign.${key}.title`, values)}
          description={t(`sign.${key}.help`, values)}
        />
      ))}
    </div>
  );
}

function Tiles({ system }: { system: System }) {
  const { t } = useTranslation("governance");
  const { outbox, log, nodes } = system;
  const tiles: [string, ReactNode, ReactNode][] = [
    [
      t("system.waiting"),
      outbox.waiting.toLocaleString("en-US"),
      outbox.oldest_age_ms === null
        ? t("system.nothingWaits")
        : t("system.oldest", { ms: outbox.oldest_age_ms.toLocaleString("en-US") }),
    ],
    [
      t("system.revision"),
      log.revision.toLocaleString("en-US"),
      t("system.epoch", { epoch: String(log.epoch) }),
    ],
    [
      t("system.inRotation"),
      t("system.ofNodes", { count: nodes.in_rotation, known: nodes.known }),
      <>
        {t("system.heardAt")} <Moment at={system.relay_heard_at} />
      </>,
    ],
    [
      t("system.openTakedowns"),
      <Link key="open" to="/operate/takedowns?open=yes">
        {system.open_takedowns}
      </Link>,
      t("system.openTakedownsText"),
    ],
    [
      t("system.openAlarms"),
      <Link key="alarms" to="/operate/alarms">
        {system.open_alarms}
      </Link>,
      t("system.openAlarmsText"),
    ],
  ];
  return (
    <div className="tiles">
      {tiles.map(([name, value, text]) => (
        <section key={name} className="card tile" aria-label={name}>
          <h2>{name}</h2>
          <p className="amount">{value}</p>
          <p className="muted">{text}</p>
        </section>
      ))}
    </div>
  );
}

function Nodes({ resolvers }: { resolvers: ReturnType<typeof useResolvers> }) {
  const { t } = useTranslation("governance");
  const columns: ColumnProps<Resolver>[] = [
    {
      title: t("node.name"),
      render: (_: unknown, node) => (
        <>
          {node.name}
          <p className="muted">{node.software}</p>
        </>
      ),
    },
    {
      title: t("status"),
      width: 130,
      render: (_: unknown, node) => (
        <StatusTag of="resolver" status={node.is_in_rotation ? "in_rotation" : "out_of_rotation"} />
      ),
    },
    {
      title: t("node.lease"),
      width: 120,
      render: (_: unknown, node) =>
        node.is_in_rotation
          ? t("ms", { ms: Math.max(0, milliseconds(node.seen_at, node.lease_until)) })
          : t("node.leaseOver"),
    },
    {
      title: t("node.feedAge"),
      width: 140,
      render: (_: unknown, node) =>
        node.feed_age_ms === null
          ? t("common:none")
          : t("ms", { ms: node.feed_age_ms.toLocaleString("en-US") }),
    },
    {
      title: t("node.watermark"),
      width: 170,
      render: (_: unknown, node) => (
        <>
          {node.revision?.toLocaleString("en-US") ?? t("node.empty")}
          <p className="muted">
            {node.revisions_behind === null
              ? t("node.notComparable")
              : t("node.behind", { count: node.revisions_behind })}
          </p>
        </>
      ),
    },
    {
      title: t("node.drift"),
      width: 170,
      render: (_: unknown, node) =>
        t("node.driftOf", { found: node.drift_found, mended: node.drift_mended }),
    },
    { title: t("node.seenAt"), width: 170, render: (_: unknown, node) => <Moment at={node.seen_at} /> },
  ];
  return (
    <PagedTable
      paged={resolvers}
      columns={columns}
      rowKey={(node) => node.name}
      label={t("node.name")}
      empty={<EmptyState title={t("node.none")}>{t("node.noneText")}</EmptyState>}
    />
  );
}
