/** What a thing is called: its title, or where it has none its name. */
export const titleOf = ({ title, name }: { title?: string; name: string }): string => title || name;
