// Rows of the table of directives: the directives of [Mount], [Automount], [Swap] and [Scope].
// What the columns are is told in DirectiveTable.swift. Rows are sorted by the bytes of their names.

extension DirectiveTable {
    /// [Mount].
    static var mountRows: StaticString {
        """
        DirectoryMode|mode|0755|scalar|DirectoryMode:u|no @unit-types
        ForceUnmount|boolean|no|scalar|ForceUnmount:b|no @unit-types
        LazyUnmount|boolean|no|scalar|LazyUnmount:b|no @unit-types
        Options|text||scalar-reset|Options:s|no @unit-types
        ReadWriteOnly|boolean|no|scalar|ReadWriteOnly:b|no @unit-types
        SloppyOptions|boolean|no|scalar|SloppyOptions:b|no @unit-types
        TimeoutSec|timeSpan|1min 30s|scalar|TimeoutUSec:t:µs|no @unit-types
        Type|text||scalar-reset|Type:s|no @unit-types
        What|text||scalar-reset|What:s|no @unit-types
        Where|path||scalar-reset|Where:s|no @unit-types
        """
    }

    /// [Automount].
    static var automountRows: StaticString {
        """
        DirectoryMode|mode|0755|scalar|DirectoryMode:u|no @unit-types
        ExtraOptions|text||scalar-reset|ExtraOptions:s|no @unit-types
        TimeoutIdleSec|timeSpan|0|scalar|TimeoutIdleUSec:t:µs|no @unit-types
        Where|path||scalar-reset|Where:s|no @unit-types
        """
    }

    /// [Swap].
    static var swapRows: StaticString {
        """
        Options|text||scalar-reset|Options:s|no @unit-types
        Priority|integer:-1..32767|-1|scalar-reset|Priority:i|no @unit-types
        TimeoutSec|timeSpan|1min 30s|scalar|TimeoutUSec:t:µs|no @unit-types
        What|path||scalar-reset|What:s|no @unit-types
        """
    }

    /// [Scope].
    static var scopeRows: StaticString {
        """
        OOMPolicy|oneOf:continue,stop,kill|stop|scalar|OOMPolicy:s|no @unit-types
        RuntimeMaxSec|timeSpan|infinity|scalar|RuntimeMaxUSec:t:µs|no @unit-types
        RuntimeRandomizedExtraSec|timeSpan|0|scalar|RuntimeRandomizedExtraUSec:t:µs|no @unit-types
        TimeoutStopSec|timeSpan|1min 30s|scalar|TimeoutStopUSec:t:µs|no @unit-types
        """
    }
}
