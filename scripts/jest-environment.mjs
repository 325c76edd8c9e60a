import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

/**
 * Jest's environment for Node in a context without interceptors (docs/decisions/0012-toolchain.md). In the one that jest makes, each use of a global, `Math`
 * or `Object` say, is looked up by a call into C++ and costs a hundred times as much: tests take a fifth longer, and say less about how fast the code is.
 */
export default class PlainContextEnvironment extends TestEnvironment {
  constructor(config, context) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(config, context);
    } finally {
      vm.createContext = createContext;
    }
  }
}
