import { Bell, BellOff } from "lucide-react";
import { useAdminMutation } from "../administration/adminRequests";
import { alertPath } from "../api/kept";
import type { KeptAlert } from "../api/responses";
import { announce } from "../toast/announce";
import { type MenuItem, PopupMenu } from "../widgets/PopupMenu";
import { MUTES } from "./alert";

export function MuteMenu({ alert }: { alert: KeptAlert }) {
  const { name, muted_until } = alert;
  const muting = useAdminMutation<KeptAlert>((answer) =>
    announce(answer.muted_until ? `${name} is muted` : `${name} tells people again`),
  );
  const mute = (until: string | null) =>
    muting.mutate({ path: alertPath(name, "/mute"), method: "POST", body: { until } });
  const choices = MUTES.map(({ name: text, until }) => ({
    name: text,
    act: () => mute(new Date(until(Date.now())).toISOString()),
  }));
  const items: MenuItem[] = muted_until ? [{ name: "Tell people again", act: () => mute(null) }, ...choices] : choices;
  return (
    <PopupMenu
      label={`Mute ${name}`}
      title="Tell nobody for a while"
      className="button plain"
      place="top-full right-0 mt-1.5"
      items={items}
    >
      {muted_until ? <BellOff size={14} aria-hidden /> : <Bell size={14} aria-hidden />}
    </PopupMenu>
  );
}
