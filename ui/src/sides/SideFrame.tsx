import { useEffect, useRef, useState } from "react";
import { type FromSide, hear } from "../state/side";
import { addressOf } from "../url/navigation";

interface Props {
  /** The query string of what it shows; what it shows first is asked for, the rest it does by itself. */
  search: string;
  title: string;
  place: string;
  /** Whether it gets the keys as soon as it is there. */
  focused: boolean;
  /** Gives the way to forget the frame. */
  onFrame: (frame: HTMLIFrameElement) => () => void;
  onFocus: () => void;
  onTold: (message: FromSide) => void;
}

/** The page once more, in a frame. */
export function SideFrame(props: Props) {
  const { search, title, place } = props;
  const frame = useRef<HTMLIFrameElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const [first] = useState(search);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const forget = latest.current.onFrame(element);
    const stop = hear(element, (message) => latest.current.onTold(message));
    return () => {
      stop();
      forget();
    };
  }, []);
  const onLoad = () => {
    const inside = frame.current?.contentWindow;
    inside?.addEventListener("focus", () => latest.current.onFocus());
    if (latest.current.focused) inside?.focus();
  };
  return (
    <iframe
      ref={frame}
      title={title}
      src={addressOf(first)}
      className={`h-full w-full min-w-0 ${place}`}
      onLoad={onLoad}
    />
  );
}
