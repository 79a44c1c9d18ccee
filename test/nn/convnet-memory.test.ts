/** What a step of the convolutional network for MNIST takes beside its tensors, in batches of any size. */

import { bytesOf, convnetStep } from "../../scripts/convnet";
import { getThreads, setThreads, tidy, zeros } from "../../src";

const THREADS = getThreads();

afterEach(() => setThreads(THREADS));

test.each([1, 2])(
  "temporaries follow the batch, the workspace does not, threads: %d",
  (threads) => {
    setThreads(threads);
    tidy(() => {
      const step = convnetStep();
      const bytes = [16, 64, 256, 1024].map((batch) => {
        const plan = step.plan(zeros([batch, 28, 28, 1]), zeros([batch], "int32"));
        const { arena, workspace } = bytesOf(plan);
        return { aPicture: arena / batch, workspace };
      });
      step.dispose();
      const [first, ...others] = bytes;
      expect(first.workspace).toBeGreaterThan(0);
      for (const { aPicture, workspace } of others) {
        expect(workspace).toBe(first.workspace);
        expect(Math.abs(aPicture / first.aPicture - 1)).toBeLessThan(0.02);
      }
    });
  },
);
