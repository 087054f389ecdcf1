import { useEffect, useState } from "react";

/** A value once it has not changed for so many milliseconds. */
export function useSettled<T>(value: T, patience: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), patience);
    return () => clearTimeout(timer);
  }, [value, patience]);
  return settled;
}
