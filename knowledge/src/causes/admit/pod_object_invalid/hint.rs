//! What to write in a field the API server refused, where its own words leave that open.

use k8s_openapi::api::core::v1::PodSpec;
use serde::Serialize;

use crate::refused::FieldError;

/// A hint, in both languages: it depends on the field, so it is no part of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Hint {
    pub(super) en: &'static str,
    pub(super) zh: &'static str,
}

/// (part of the path, kind of the error, part of the detail, hint), the first that fits.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/apis/core/validation/validation.go>
const HINTS: &[(&str, &str, &str, Hint)] = &[
    (
        "mountPath",
        "Invalid value",
        "must be unique",
        Hint {
            en: "two volumes are mounted at one path: give each its own, or subPath",
            zh: "两个卷挂到了同一路径：各用各的路径，或用 subPath",
        },
    ),
    (
        "volumeMounts",
        "Not found",
        "",
        Hint {
            en: "spec.volumes has no volume of this name: add it, or fix the name",
            zh: "spec.volumes 里没有这个名字的卷：补上或改名",
        },
    ),
    (
        "ports",
        "Duplicate value",
        "",
        Hint {
            en: "port names, and number with protocol, must differ within the pod",
            zh: "同一 Pod 里端口名不能重复，端口号加协议也不能重复",
        },
    ),
    (
        "ort",
        "Invalid value",
        "between 1 and 65535",
        Hint { en: "a port is a number from 1 to 65535", zh: "端口号取 1 到 65535" },
    ),
    (
        "ports",
        "Invalid value",
        "15",
        Hint {
            en: "a port's name has at most 15 characters, lower case letters, digits and -, with a letter in it",
            zh: "端口名最多 15 个字符，只能用小写字母、数字和 -，且至少含一个字母",
        },
    ),
    (
        "limits",
        "Invalid value",
        "less than or equal",
        Hint { en: "a request may not be larger than its limit", zh: "request 不能大于 limit" },
    ),
    (
        "requests",
        "Invalid value",
        "less than or equal",
        Hint { en: "a request may not be larger than its limit", zh: "request 不能大于 limit" },
    ),
    (
        "labels",
        "Invalid value",
        "63",
        Hint {
            en: "label values have at most 63 characters: the controllers put the workload's name into labels, so shorten the name",
            zh: "标签值最多 63 个字符：控制器会把工作负载的名字写进标签，名字要缩短",
        },
    ),
    (
        "hostname",
        "Invalid value",
        "63",
        Hint {
            en: "a host name has at most 63 characters: shorten the workload's name",
            zh: "主机名最多 63 个字符：缩短工作负载的名字",
        },
    ),
    (
        "metadata.name",
        "Invalid value",
        "",
        Hint {
            en: "lower case letters, digits, - and . only, beginning and ending with a letter or digit",
            zh: "只能用小写字母、数字、- 和 .，首尾必须是字母或数字",
        },
    ),
    (
        ".name",
        "Duplicate value",
        "",
        Hint { en: "names must differ within the list", zh: "同一列表里名字不能重复" },
    ),
    (".image", "Required value", "", Hint { en: "every container needs an image", zh: "每个容器都要有镜像" }),
    (
        ".image",
        "Invalid value",
        "whitespace",
        Hint { en: "the image has a space before or after it", zh: "镜像名前后有空格" },
    ),
    (
        "env",
        "Invalid value",
        "",
        Hint {
            en: "a variable's name has letters, digits, _, - and . and begins with none of the digits",
            zh: "环境变量名只能用字母、数字、_、- 和 .，且不能以数字开头",
        },
    ),
    (
        "restartPolicy",
        "Unsupported value",
        "",
        Hint {
            en: "a Job's pods take OnFailure or Never, all others Always",
            zh: "Job 的 Pod 用 OnFailure 或 Never，其他用 Always",
        },
    ),
    ("", "Required value", "", Hint { en: "the field must be set", zh: "该字段必填" }),
];

pub(super) fn of(error: &FieldError) -> Option<Hint> {
    HINTS
        .iter()
        .find(|(path, kind, detail, _)| {
            error.path.contains(path) && error.kind == *kind && error.detail.contains(detail)
        })
        .map(|(.., hint)| *hint)
}

/// The name of the container that a path's index means. Admission may have put others before it, so the name is only
/// given where the template has such an index.
pub(super) fn container(template: Option<&PodSpec>, path: &str) -> Option<String> {
    let template = template?;
    let index = |list: &str| {
        let rest = path.split_once(&format!("{list}["))?.1;
        rest.split_once(']')?.0.parse::<usize>().ok()
    };
    if let Some(index) = index("spec.initContainers") {
        return template.init_containers.as_ref()?.get(index).map(|c| c.name.clone());
    }
    template.containers.get(index("spec.containers")?).map(|c| c.name.clone())
}
