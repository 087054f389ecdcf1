// What is shown instead of a page that fails: that it failed, and a way on. React asks for a class here.
import { Component, type ReactNode } from "react";

export class ErrorBoundary extends Component<{ children: ReactNode }, { fault: Error | null }> {
  override state = { fault: null as Error | null };

  static getDerivedStateFromError(fault: Error) {
    return { fault };
  }

  override render() {
    if (this.state.fault === null) return this.props.children;
    return (
      <main role="alert" className="m-auto flex max-w-md flex-col items-center gap-3 p-8 text-center">
        <h1 className="font-medium text-sm">This page crashed</h1>
        <p className="mono text-soft">{this.state.fault.message}</p>
        <button type="button" className="button" onClick={() => location.reload()}>
          Reload
        </button>
      </main>
    );
  }
}
