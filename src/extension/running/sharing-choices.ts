import type * as vscode from 'vscode';

const REMEMBERED = 'dinnb.sharedKernels';

/**
 * Which notebooks are to share a kernel, by their addresses. It is kept in the workspace's memory and in no file: how somebody works
 * with a notebook is nothing of the notebook. Notebooks of different folders share none, since a kernel runs in one.
 */
export class SharingChoices {
  /** Each at least two. */
  private groups: readonly (readonly string[])[];

  constructor(
    private readonly memory: vscode.Memento,
    private readonly folderOf: (address: string) => string,
  ) {
    this.groups = memory.get<string[][]>(REMEMBERED) ?? [];
  }

  /** Those that a notebook shares its kernel with, open or not. */
  with(address: string): string[] {
    const folder = this.folderOf(address);
    const group = this.groups.find((members) => members.includes(address)) ?? [];
    return group.filter((other) => other !== address && this.folderOf(other) === folder);
  }

  share(address: string, other: string): void {
    this.alone(address);
    const group = this.groups.find((members) => members.includes(other)) ?? [other];
    this.keep([...this.groups.filter((members) => members !== group), [...group, address]]);
  }

  alone(address: string): void {
    this.keep(this.groups.map((members) => members.filter((member) => member !== address)));
  }

  /** Notebooks have other addresses now; undefined for those that do not. */
  renamed(to: (address: string) => string | undefined): void {
    this.keep(this.groups.map((members) => [...new Set(members.map((member) => to(member) ?? member))]));
  }

  private keep(groups: readonly (readonly string[])[]): void {
    const kept = groups.filter((members) => members.length > 1);
    if (JSON.stringify(kept) === JSON.stringify(this.groups)) return;
    this.groups = kept;
    void this.memory.update(REMEMBERED, kept);
  }
}
