// Counts of what matches and of what was seen since the page was opened.
import { useStats } from "../api/counts";
import type { ValueCount } from "../api/responses";
import { useIsExtended } from "../api/server";
import { SEVERE_FIRST } from "../entries/entry";
import { useLive } from "../live/liveStream";
import { withValues } from "../url/filters";
import { navigate } from "../url/navigation";
import type { Question } from "../url/question";
import { Dialog } from "../widgets/Dialog";
import { BarList } from "./BarList";

export default function StatisticsDrawer({ question }: { question: Question }) {
  const extended = useIsExtended();
  const { data, error } = useStats(question, 60);
  const seen = useLive((state) => state.counts);
  const rate = useLive((state) => state.rate);
  const stats = data?.value;
  const session: ValueCount[] = SEVERE_FIRST.map((level) => ({ value: level, count: seen[level] }));
  const total = session.reduce((sum, { count }) => sum + count, 0);
  return (
    <Dialog title="Statistics" side="right" open onClose={() => navigate({ statistics: false })}>
      <div className="flex flex-col gap-6">
        <BarList title="This session" total={total} note={`${Math.round(rate)}/s`} values={session} levels />
        {stats && (
          <>
            <BarList
              title="Matches by level"
              total={stats.total}
              values={SEVERE_FIRST.map((level) => ({ value: level, count: stats.by_level[level] }))}
              levels
            />
            <BarList
              title="Top applications"
              values={stats.top.app_key}
              onChoose={(app_key) => navigate({ filters: withValues(question.filters, "app_key", [app_key]) })}
            />
            <BarList
              title="Top categories"
              values={stats.top.category}
              onChoose={(category) => navigate({ filters: withValues(question.filters, "category", [category]) })}
            />
          </>
        )}
        {extended && error && <p className="text-error">{String((error as Error).message)}</p>}
      </div>
    </Dialog>
  );
}
