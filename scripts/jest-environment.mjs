import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

/**
 * Jest's environment for Node in a context without interceptors (docs/decisions/0012-toolchain.md). In the one that jest makes, each use of a global, `Math`
 * or `Object` say, is looked up by a call into C++ and costs ten times as much.
 */
export default class PlainContextEnvironment extends TestEnvironment {
  constructor(config, context) {
    const { createContext } = vm;
    let made = false;
    vm.createContext = () => {
      made = true;
      return createContext(vm.constants.DONT_CONTEXTIFY);
    };
    try {
      super(config, context);
    } finally {
      vm.createContext = createContext;
    }
    if (!made) throw new Error('jest-environment-node does not make its context by vm.createContext any more');
  }
}
