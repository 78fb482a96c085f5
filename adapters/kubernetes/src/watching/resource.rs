//! What kube's watcher needs to know of a type.

/// A brief with a field `meta`; its scope, its group, its kind and its plural; and its version, where that is not v1.
macro_rules! resource {
    ($brief:ty, $scope:ty, $group:expr, $kind:literal, $plural:expr) => {
        resource!($brief, $scope, $group, $kind, $plural, "v1");
    };
    ($brief:ty, $scope:ty, $group:expr, $kind:literal, $plural:expr, $version:expr) => {
        impl kube::Resource for $brief {
            type DynamicType = ();
            type Scope = $scope;

            fn kind((): &()) -> std::borrow::Cow<'_, str> {
                $kind.into()
            }

            fn group((): &()) -> std::borrow::Cow<'_, str> {
                $group.into()
            }

            fn version((): &()) -> std::borrow::Cow<'_, str> {
                $version.into()
            }

            fn plural((): &()) -> std::borrow::Cow<'_, str> {
                $plural.into()
            }

            fn meta(&self) -> &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta {
                &self.meta
            }

            fn meta_mut(&mut self) -> &mut k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta {
                &mut self.meta
            }
        }
    };
}

pub(super) use resource;
