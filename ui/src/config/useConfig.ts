// The settings of this browser as a store.
import { useStore } from "../state/store";
import { Stored } from "../state/stored";
import { type Config, readConfig } from "./config";

const config = new Stored("logservice:config", readConfig);

export const getConfig = config.get;

export function changeConfig(change: Partial<Config>): void {
  config.set(readConfig(JSON.stringify({ ...getConfig(), ...change })));
}

export const useConfig = (): Config => useStore(config);
