import { Picture } from "@/ui/Picture";
import type { Binding } from "./queries";

/** A Douyin account: its portrait, its nickname, and the 抖音号 by which it is found. */
export function Account({ account }: { account: Binding["account"] }) {
  return (
    <div className="named">
      <Picture name={account.nickname} url={account.avatar_url} isRound size={36} />
      <div>
        <p>{account.nickname}</p>
        <p className="muted identifier">{account.aweme_id}</p>
      </div>
    </div>
  );
}
